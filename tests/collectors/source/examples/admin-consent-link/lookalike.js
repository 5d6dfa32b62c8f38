const text = "ask your administrator for adminconsent";
