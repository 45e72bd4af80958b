import aiomysql
import aiomysql.sa


async def start():
    a = await aiomysql.create_pool(host="db.internal", db="a", maxsize=4)
    b = await aiomysql.sa.create_engine(host="db.internal", db="b")
    c = await aiomysql.connect("db.internal", "user", "", "c")
