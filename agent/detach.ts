export const detachAgent = async (_config: unknown): Promise<string> => 'nothing to remove'
