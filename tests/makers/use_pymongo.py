import motor.motor_asyncio
from pymongo import AsyncMongoClient, MongoClient

a = MongoClient("mongodb://db.internal/a", maxPoolSize=30)
b = AsyncMongoClient("mongodb://db.internal/b")
c = motor.motor_asyncio.AsyncIOMotorClient("mongodb://db.internal/c")
