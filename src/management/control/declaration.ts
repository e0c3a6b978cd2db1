// ControlCenterServices as declared (`docs/protocols/apis.md` §8.1).

import { many, nillable, one, operation, type SoapService, struct, type Written } from '../soap/declaration.js';
import { SERVICEABILITY } from '../soap/namespaces.js';

const serviceInformation = struct(
  'ServiceInformation',
  nillable('ServiceName', 'string'),
  nillable('ServiceStatus', 'string'),
  nillable('ReasonCode', 'long'),
  nillable('ReasonCodeString', 'string'),
  nillable('StartTime', 'string'),
  nillable('UpTime', 'long'),
);

const informationResponse = struct(
  'ServiceInformationResponse',
  nillable('ReturnCode', 'string'),
  nillable('ReasonCode', 'long'),
  nillable('ReasonString', 'string'),
  nillable('ServiceInfoList', struct('ArrayOfServiceInformation', many('item', serviceInformation))),
);

const controlRequest = struct(
  'ControlServiceRequest',
  nillable('NodeName', 'string'),
  nillable('ControlType', 'string'),
  nillable('ServiceList', struct('ArrayOfServices', many('item', 'string'))),
);

const product = struct(
  'InstalledProduct',
  nillable('ProductName', 'string'),
  nillable('ProductVersion', 'string'),
  nillable('ProductDescription', 'string'),
  nillable('ProductID', 'string'),
  nillable('ShortName', 'string'),
);

const productService = struct(
  'ProductServiceSpecification',
  nillable('ServiceName', 'string'),
  nillable('ServiceType', 'string'),
  one('Deployable', 'boolean'),
  nillable('GroupName', 'string'),
  nillable('ProductID', 'string'),
);

const productList = struct(
  'ProductInformationList',
  nillable('ActiveServerVersion', 'string'),
  nillable('PrimaryNode', 'string'),
  nillable('SecondaryNode', 'string'),
  nillable('Products', struct('ArrayOfInstalledProduct', many('item', product))),
  nillable('Services', struct('ArrayOfProductServiceSpecification', many('item', productService))),
);

const specification = struct(
  'ServiceSpecification',
  nillable('ServiceName', 'string'),
  nillable('ServiceType', 'string'),
  one('Deployable', 'boolean'),
  nillable('GroupName', 'string'),
  nillable('DependentServices', struct('ArrayOfDependentServices', many('item', 'string'))),
);

const staticList = struct(
  'StaticServiceList',
  nillable('ReturnCode', 'string'),
  nillable('ReasonCode', 'long'),
  nillable('ReasonString', 'string'),
  nillable('ServiceInfoList', struct('ArrayOfServiceSpecification', many('item', specification))),
);

/** No name at all, or an empty one, is every service. */
export const GET_STATUS = operation(
  struct('soapGetServiceStatus', many('ServiceStatus', 'string')),
  struct('soapGetServiceStatusResponse', one('soapGetServiceStatusReturn', informationResponse)),
);
export const DO_CONTROL = operation(
  struct('soapDoControlServices', one('ControlServiceRequest', controlRequest)),
  struct('soapDoControlServicesResponse', one('soapDoControlServicesReturn', informationResponse)),
);
export const GET_PRODUCTS = operation(
  struct('getProductInformationList', one('ServiceInfo', 'string')),
  struct('getProductInformationListResponse', one('getProductInformationListReturn', productList)),
);
export const GET_STATIC = operation(
  struct('soapGetStaticServiceList', one('ServiceInformationResponse', 'string')),
  struct('soapGetStaticServiceListResponse', one('soapGetStaticServiceListReturn', staticList)),
);
export const GET_STATIC_EXTENDED = operation(
  struct('getStaticServiceListExtended', one('ServiceInfo', 'string')),
  struct('getStaticServiceListExtendedResponse', one('getStaticServiceListExtendedReturn', staticList)),
);

/** A service in a reply. */
export type ServiceInformation = Written<typeof serviceInformation>;
/** A service of a list that says nothing of its state. */
export type ServiceSpecification = Written<typeof specification>;

const COMMON = { namespace: SERVICEABILITY, portType: 'ControlCenterServicesPort' };

/** The service. */
export const CONTROL_SERVICE: SoapService = {
  ...COMMON,
  name: 'ControlCenterServices',
  port: 'ControlCenterServicesPort',
  binding: 'ControlCenterServicesBinding',
  path: '/controlcenterservice2/services/ControlCenterServices',
  operations: [GET_STATUS, DO_CONTROL, GET_PRODUCTS, GET_STATIC],
};

/** The same at its other path. */
export const CONTROL_SERVICE_EX: SoapService = {
  ...COMMON,
  name: 'ControlCenterServicesEx',
  port: 'ControlCenterServicesEx',
  binding: 'ControlCenterServicesExBinding',
  path: '/controlcenterservice2/services/ControlCenterServicesEx',
  operations: [GET_PRODUCTS, GET_STATIC_EXTENDED],
};
