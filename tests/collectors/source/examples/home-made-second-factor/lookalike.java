package com.contoso.orders;

class Totals {
    Money total(Order order) {
        return new Totaller().total(order);
    }
}
