package main

import (
	"database/sql"
	"net/http"

	"github.com/gin-gonic/gin"
)

func stock(db *sql.DB) gin.HandlerFunc {
	return func(c *gin.Context) {
		var pieces int
		row := db.QueryRowContext(c, "SELECT pieces FROM stock WHERE product = ?", c.Param("product"))
		if err := row.Scan(&pieces); err != nil {
			c.Status(http.StatusNotFound)
			return
		}
		c.JSON(http.StatusOK, gin.H{"pieces": pieces})
	}
}
