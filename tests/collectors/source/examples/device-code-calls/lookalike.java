class Devices {
    DeviceCode code = DeviceCode.builder(serial).build();
}
