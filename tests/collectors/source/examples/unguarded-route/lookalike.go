package orders

import "github.com/gin-gonic/gin"

func routes() *gin.Engine {
	engine := gin.Default()
	engine.GET("/healthz", func(c *gin.Context) { c.JSON(200, "up") })
	engine.Static("/assets", "./assets")

	private := engine.Group("/")
	private.Use(requireToken())
	private.GET("/orders", func(c *gin.Context) { c.JSON(200, everything()) })

	customers := engine.Group("/customers", requireToken())
	customers.GET("/:id", func(c *gin.Context) { c.JSON(200, find(c.Param("id"))) })
	return engine
}
