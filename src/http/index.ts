// What other folders may use of the HTTP services.

export { type ApiOptions, openApi } from './api/api.js';
export type * from './api/capf-ports.js';
export type * from './api/cluster-ports.js';
export { deviceDetail } from './api/device-json.js';
export type * from './api/device-view-ports.js';
export type * from './api/explain-ports.js';
export type * from './api/fault-ports.js';
export type * from './api/message-ports.js';
export type { Metric, MetricValue } from './api/metrics.js';
export { single } from './api/metrics.js';
export type * from './api/ports.js';
export type * from './api/push-ports.js';
export type { DeviceDetail, DialJson, DiscoveryJson, ListenerJson, WriteFault } from './api/shapes.js';
export type * from './api/write-ports.js';
export type { OpenHttpServer } from './bounded-server.js';
export { type FileServerOptions, openFileServer } from './file-server.js';
export type { PhonePages } from './phone-pages.js';
export type { FileServerLimits, HttpLimits } from './settings.js';
export type { PageFiles } from './web/page.js';
