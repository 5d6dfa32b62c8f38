@RestController
class OrdersController {
    @GetMapping("/orders")
    ResponseEntity<?> orders(@RequestHeader("Authorization") String header) {
        OnBehalfOfParameters asked = OnBehalfOfParameters.builder(SCOPES, new UserAssertion(header.substring(7))).build();
        try {
            return ResponseEntity.ok(stock.read(client.acquireToken(asked).get().accessToken()));
        } catch (Exception refused) {
            return ResponseEntity.status(HttpStatus.INTERNAL_SERVER_ERROR).build();
        }
    }
}
