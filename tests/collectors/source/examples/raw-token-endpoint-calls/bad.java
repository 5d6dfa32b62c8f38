class Exchange {
    String token(RestTemplate rest, String tenant, Object form) {
        RestTemplate client = rest;
        return client.postForObject("https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/token", form, String.class);
    }

    String url = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token";

    Object raw(RestTemplate rest) { return new RestTemplate().postForObject("https://login.microsoftonline.com/common/oauth2/v2.0/token", form, String.class); }
}
