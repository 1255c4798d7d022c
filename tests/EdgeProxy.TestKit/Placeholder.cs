namespace EdgeProxy.TestKit;
