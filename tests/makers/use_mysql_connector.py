import mysql.connector
import mysql.connector.aio
from mysql.connector import pooling
from mysql.connector.aio.pooling import MySQLConnectionPool

a = mysql.connector.connect(host="db.internal", database="a")
b = mysql.connector.connect(host="db.internal", database="b", pool_name="b", pool_size=3)
c = pooling.MySQLConnectionPool(pool_size=7, pool_name="c", host="db.internal", database="c")


async def start():
    d = await mysql.connector.aio.connect(host="db.internal", database="d")
    e = MySQLConnectionPool(pool_name="e", host="db.internal", database="e")
