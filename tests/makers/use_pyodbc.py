import pyodbc

a = pyodbc.connect("DSN=a")
