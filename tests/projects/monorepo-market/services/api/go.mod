module market.example/api

go 1.23

require github.com/gin-gonic/gin v1.10.1

require github.com/go-sql-driver/mysql v1.9.2
