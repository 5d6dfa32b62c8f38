class Downstream {
    String header = request.getHeader("Authorization");
}
