@RestController
class MessagesController {
    @GetMapping("/messages")
    List<Message> messages(@AuthenticationPrincipal OidcUser user, @RequestParam String mailbox) throws Exception {
        ClientCredentialParameters asked = ClientCredentialParameters.builder(Set.of("https://graph.microsoft.com/.default")).build();
        return graph.messagesOf(mailbox, client.acquireToken(asked).get().accessToken());
    }
}
