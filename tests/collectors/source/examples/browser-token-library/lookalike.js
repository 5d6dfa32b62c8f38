localStorage.setItem("theme", theme);
sessionStorage.setItem("claimsChallenge", challenge);
