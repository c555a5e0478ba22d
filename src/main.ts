import { printSecrets } from './cli/print-secrets.ts';
import { compose } from './compose.ts';
import { parseEnvironment } from './config/environment.ts';
import { readGatewayFile } from './config/gateway-file.ts';
import { readProcessVariables } from './config/process-variables.ts';
import { toSettings } from './config/settings.ts';
import { ConfigurationError } from './core/configuration-error.ts';
import { createLogger } from './telemetry/logger.ts';

try {
  const variables = readProcessVariables();
  const { environment, warnings } = parseEnvironment(variables);
  const settings = toSettings(environment, variables);
  const logger = createLogger(settings.logLevel);
  for (const warning of warnings) logger.warn({}, warning);
  const file = settings.gatewayConfigFile;
  const gatewayFile = file === undefined ? undefined : readGatewayFile(file, variables);
  const gateway = compose({ settings, gatewayFile, logger, showSecrets: printSecrets });
  const stop = (signal: string) => {
    logger.info({ signal }, 'gateway stops');
    void gateway.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const { url } = await gateway.start();
  process.stderr.write(`Banyan listens on ${url}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : describe(error)}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
