class Page {
    String column = "roles";
}
