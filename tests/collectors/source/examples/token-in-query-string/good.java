class Export {
    HttpRequest request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + accessToken).build();
}
