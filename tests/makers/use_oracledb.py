import cx_Oracle
import oracledb

a = oracledb.create_pool(user="u", password="", dsn="db.internal/a", min=1, max=4)
b = oracledb.connect(user="u", dsn="db.internal/b")
c = cx_Oracle.SessionPool("u", "", "db.internal/c", 2, 6, 1)
d = cx_Oracle.connect("u", "", "db.internal/d")


async def start():
    e = oracledb.create_pool_async(user="u", dsn="db.internal/e")
    f = await oracledb.connect_async(user="u", dsn="db.internal/f")
