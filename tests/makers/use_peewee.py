from peewee import MySQLDatabase, PostgresqlDatabase, SqliteDatabase
from playhouse.db_url import connect
from playhouse.pool import PooledMySQLDatabase, PooledPostgresqlDatabase, PooledPostgresqlExtDatabase, PooledSqliteDatabase

a = PostgresqlDatabase("a", host="db.internal")
b = MySQLDatabase("b", host="db.internal")
c = SqliteDatabase("c.db")
d = PooledPostgresqlDatabase("d", max_connections=8, host="db.internal")
e = PooledMySQLDatabase("e", host="db.internal")
f = PooledSqliteDatabase("f.db")
g = PooledPostgresqlExtDatabase("g", host="db.internal")
h = connect("postgresql+pool://db.internal/h")
