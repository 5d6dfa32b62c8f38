@RestController
class StockController {
    @GetMapping("/stock")
    Stock stock() throws Exception {
        ConfidentialClientApplication client =
                ConfidentialClientApplication.builder(CLIENT_ID, credential).authority(AUTHORITY).build();
        return stock.read(client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get().accessToken());
    }
}
