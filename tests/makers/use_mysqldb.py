import MySQLdb

a = MySQLdb.connect("db.internal", "user", "", "a")
b = MySQLdb.Connection(host="db.internal", db="b")
