@RestController
class MessagesController {
    @GetMapping("/messages")
    List<Message> messages(@AuthenticationPrincipal OidcUser user) throws Exception {
        SilentParameters asked = SilentParameters.builder(Set.of("Mail.ReadBasic"), accountOf(user)).build();
        return graph.myMessages(client.acquireTokenSilently(asked).get().accessToken());
    }
}
