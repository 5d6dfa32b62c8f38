resource "azurerm_linux_web_app" "orders" {
  identity {
    type = "SystemAssigned"
  }
}
