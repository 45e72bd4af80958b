from databases import Database

a = Database("postgresql://db.internal/a", min_size=2, max_size=6)
b = Database("sqlite+aiosqlite:///b.db")
