// The public face of the HTTP side.

export { type ApiOptions, openApi } from './api/api.js';
export { type DeviceDetail, deviceDetail } from './api/device-json.js';
export type { Metric, MetricValue } from './api/metrics.js';
export { single } from './api/metrics.js';
export type * from './api/ports.js';
export { HTTP_LIMITS, type HttpLimits, type OpenHttpServer } from './bounded-server.js';
export { FILE_SERVER_LIMITS, type FileServerLimits, type FileServerOptions, openFileServer } from './file-server.js';
