@RestController
class StockController {
    private final ConfidentialClientApplication client;

    @GetMapping("/stock")
    Stock stock() throws Exception {
        return stock.read(client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get().accessToken());
    }
}
