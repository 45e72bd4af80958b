import MySQLdb
from DBUtils.PersistentDB import PersistentDB
from DBUtils.PooledDB import PooledDB

a = PooledDB(MySQLdb, maxconnections=6, host="db.internal", db="a")
b = PersistentDB(MySQLdb, host="db.internal", db="b")
