var credential = new DeviceCodeCredential(options);
