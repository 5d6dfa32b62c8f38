package com.contoso.orders;

class Pages {
    Page of(String text) {
        OrderResponse response = OrderResponse.parse(text);
        return pageOf(response.getCode());
    }
}
