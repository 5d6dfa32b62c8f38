package orders

const deviceCode = "urn:ietf:params:oauth:grant-type:device_code"
