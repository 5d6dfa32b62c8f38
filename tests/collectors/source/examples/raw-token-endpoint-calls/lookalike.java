class Challenge {
    String header = "Bearer authorization_uri=\"https://login.microsoftonline.com/common/oauth2/v2.0/authorize\"";
}
