import pymysql

a = pymysql.connect(host="db.internal", database="a")
b = pymysql.connections.Connection(host="db.internal", db="b")
