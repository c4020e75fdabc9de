package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	_ "github.com/go-sql-driver/mysql"
)

func main() {
	db, err := sql.Open("mysql", os.Getenv("API_MYSQL_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	router := gin.Default()
	router.GET("/health", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	router.GET("/stock/:product", stock(db))
	log.Fatal(router.Run(":8080"))
}
