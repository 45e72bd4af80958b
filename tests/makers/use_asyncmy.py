import asyncmy


async def start():
    a = await asyncmy.create_pool(host="db.internal", db="a", maxsize=4)
    b = await asyncmy.connect(host="db.internal", db="b")
