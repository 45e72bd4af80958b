import aiopg
import aiopg.sa


async def start():
    a = await aiopg.create_pool("host=db.internal dbname=a", maxsize=4)
    b = await aiopg.sa.create_engine(host="db.internal", database="b")
    c = await aiopg.connect("host=db.internal dbname=c")
