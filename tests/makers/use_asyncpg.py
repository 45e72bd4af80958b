import asyncpg


async def start():
    a = await asyncpg.create_pool("postgresql://db.internal/a", min_size=1, max_size=4)
    b = await asyncpg.pool.create_pool(host="db.internal", database="b")
    c = await asyncpg.connect("postgresql://db.internal/c")
