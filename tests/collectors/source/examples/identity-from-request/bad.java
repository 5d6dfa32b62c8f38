class Orders {
    String user(HttpServletRequest request) {
        return request.getHeader("X-User-Id");
    }
}
