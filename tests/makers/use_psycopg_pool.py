from psycopg_pool import AsyncConnectionPool, AsyncNullConnectionPool, ConnectionPool, NullConnectionPool

a = ConnectionPool("host=db.internal dbname=a", min_size=2, max_size=8)
b = NullConnectionPool("host=db.internal dbname=b", max_size=3)


async def start():
    c = AsyncConnectionPool("host=db.internal dbname=c", open=False)
    d = AsyncNullConnectionPool("host=db.internal dbname=d")
