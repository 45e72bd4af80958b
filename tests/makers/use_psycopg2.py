import psycopg2
from psycopg2.pool import SimpleConnectionPool, ThreadedConnectionPool

a = SimpleConnectionPool(1, 4, "host=db.internal dbname=a")
b = ThreadedConnectionPool(minconn=2, maxconn=5, host="db.internal", dbname="b")
c = psycopg2.connect("host=db.internal dbname=c")
