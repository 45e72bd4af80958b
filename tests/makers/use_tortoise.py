from tortoise import Tortoise
from tortoise.contrib.fastapi import RegisterTortoise, register_tortoise


async def start(app):
    await Tortoise.init(db_url="postgres://db.internal/a", modules={"models": ["m"]})
    async with RegisterTortoise(app, db_url="mysql://db.internal/b"):
        pass
    register_tortoise(app, db_url="sqlite://c.db")
