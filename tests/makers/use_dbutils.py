import pymysql
from dbutils.persistent_db import PersistentDB
from dbutils.pooled_db import PooledDB
from dbutils.pooled_pg import PooledPg
from dbutils.simple_pooled_db import PooledDB as SimplePooledDB
from dbutils.steady_db import connect

a = PooledDB(pymysql, 1, 5, 0, 10, host="db.internal", database="a")
b = PersistentDB(pymysql, host="db.internal", database="b")
c = SimplePooledDB(pymysql, 4, host="db.internal", database="c")
d = PooledPg(2, 4, 8, host="db.internal", dbname="d")
e = connect(pymysql, host="db.internal", database="e")
