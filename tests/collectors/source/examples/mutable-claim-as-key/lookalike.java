class Page {
    void show(Model model, Jwt token) {
        model.addAttribute("name", token.getClaimAsString("preferred_username"));
    }
}
