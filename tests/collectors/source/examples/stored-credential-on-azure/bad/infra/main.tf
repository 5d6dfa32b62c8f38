resource "azurerm_linux_web_app" "orders" {
  app_settings = {
    AZURE_CLIENT_SECRET = var.client_secret
  }
}
