const device_code = await inventory.codeOfDevice(id);
