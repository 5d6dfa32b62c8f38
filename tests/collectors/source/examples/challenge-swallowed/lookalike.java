@RestController
class OrdersController {
    @GetMapping("/orders")
    ResponseEntity<?> orders(@RequestHeader("Authorization") String header) throws Exception {
        OnBehalfOfParameters asked = OnBehalfOfParameters.builder(SCOPES, new UserAssertion(header.substring(7))).build();
        return ResponseEntity.ok(stock.read(client.acquireToken(asked).get().accessToken()));
    }
}
