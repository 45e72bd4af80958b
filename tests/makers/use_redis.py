import redis
import redis.asyncio

a = redis.Redis(host="db.internal", max_connections=9)
b = redis.from_url("redis://db.internal/1")
c = redis.ConnectionPool(host="db.internal")
d = redis.BlockingConnectionPool(12, host="db.internal")
e = redis.asyncio.from_url("redis://db.internal/2")
