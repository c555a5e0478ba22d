# The runtime's own Node 24; the npm package `node` is a development dependency and stays out.
FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATABASE_URL=sqlite:/data/gateway.db
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY .ci ./.ci
RUN npm ci --omit=dev && mkdir /data && chown node:node /data
COPY src ./src
COPY legacy ./legacy
COPY migrations ./migrations
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/health/live').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "src/main.ts"]
