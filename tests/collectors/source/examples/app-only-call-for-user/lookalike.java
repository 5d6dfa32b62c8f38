@Component
class NightlyDelivery {
    @Scheduled(cron = "0 0 3 * * *")
    void deliver() throws Exception {
        ClientCredentialParameters asked = ClientCredentialParameters.builder(Set.of("https://orders.contoso.com/.default")).build();
        orders.deliver(client.acquireToken(asked).get().accessToken());
    }
}
