class Login {
    DeviceCodeFlowParameters parameters = DeviceCodeFlowParameters.builder(scopes, consumer).build();
}
